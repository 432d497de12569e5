// Progress goes to standard error, so that standard output holds results only.
export const makeSay =
  (name: string) =>
  (text: string): void => {
    process.stderr.write(`[${name}] ${text}\n`);
  };
