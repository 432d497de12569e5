// The public form of a delivery's key: opaque to callers, reversible for us.

export type DeliveryKey = { webhookNo: number; deliveryId: number };

const MAX_WEBHOOK_NO = 2 ** 31 - 1;

export const deliveryIdOf = (webhookNo: number, deliveryId: number): string =>
  `dlv_${webhookNo.toString(36)}_${deliveryId.toString(36)}`;

/** The key behind a public delivery id, or null when the text is not one. Each key has exactly one spelling. */
export const deliveryKeyOf = (id: string): DeliveryKey | null => {
  const match = /^dlv_([1-9a-z][0-9a-z]{0,5})_([1-9a-z][0-9a-z]{0,10})$/.exec(id);
  if (!match) return null;
  const webhookNo = Number.parseInt(match[1] ?? '', 36);
  const deliveryId = Number.parseInt(match[2] ?? '', 36);
  return webhookNo <= MAX_WEBHOOK_NO && Number.isSafeInteger(deliveryId) ? { webhookNo, deliveryId } : null;
};
