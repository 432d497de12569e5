// Where everything is, and two commands to try: one reads, one makes a webhook arrive before the reader's eyes.
import { relative } from 'node:path';
import type { Ready } from '../server-process/server-messages.ts';
import type { Screen } from '../terminal/screen.ts';
import { ENV_ID, FLOW_ID, TENANT } from './names.ts';

/** As short as it can be from where the reader stands. */
const shortPath = (path: string): string => {
  const near = relative(process.cwd(), path);
  return near === '' || near.startsWith('..') ? path : near;
};

const quote = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

export type Place = { ready: Ready; receiverUrl: string; hasDemo: boolean };

export const showWhere = ({ ready, receiverUrl, hasDemo }: Place, screen: Screen): void => {
  const { bold, dim, cyan } = screen.colors;
  const { url, adminKeyFile, dataFolder, database } = ready;
  const rows = [
    ['API', url, ''],
    ['Docs', `${url}/docs`, ''],
    ['Admin key', shortPath(adminKeyFile), 'in this file'],
    ['Data', shortPath(dataFolder), database],
    ['Receiver', receiverUrl, 'prints here what it verifies'],
  ] as const;
  screen.line();
  screen.line(bold('Bowline is running.'));
  for (const [name, value, note] of rows) {
    screen.line(`   ${dim(name.padEnd(9))}  ${cyan(value)}${note === '' ? '' : `  ${dim(note)}`}`);
  }
  const key = `-H "x-api-key: $(cat ${quote(shortPath(adminKeyFile))})"`;
  screen.line();
  if (!hasDemo) {
    screen.line(dim('   Try it in another terminal:'));
    screen.line(`   curl -s ${key} ${url}/api/v1/environments`);
  } else showDemoCommands(key, `${url}/api/v1/environments/${ENV_ID}`, screen);
  screen.line();
  screen.line(dim('   Ctrl-C stops everything; nothing is lost.'));
};

const showDemoCommands = (key: string, base: string, screen: Screen): void => {
  const { dim } = screen.colors;
  const report = JSON.stringify({ job_id: 'my-job-1', status: 'JOB_CREATED', flow_id: FLOW_ID, tenant: TENANT });
  screen.line(dim('   What was sent (type it in another terminal):'));
  screen.line(`   curl -s ${key} '${base}/deliveries?limit=3'`);
  screen.line();
  screen.line(dim('   Report the move of a job that runs elsewhere, and see its webhook arrive here:'));
  screen.line(`   curl -s ${key} -H 'content-type: application/json' \\`);
  screen.line(`     -d '${report}' ${base}/job-reports`);
};
