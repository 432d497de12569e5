// Deletes the database of a data folder for good, from outside of the process that started it.
import { realpath, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findPlace, pointerFile } from './place.ts';
import { stopServer } from './stop-server.ts';

/** Ends the server and deletes its data, also where it lies outside of the data folder. */
export const removeEmbedded = async (dataDir: string): Promise<void> => {
  const folder = await realpath(dataDir);
  const place = await findPlace(folder);
  if (place === null) return;
  await stopServer(place.cluster);
  const isInside = place.cluster === join(folder, 'postgres');
  const names = ['postgres-password', 'postgres.log', 'postgres.log.1'].map((name) => join(folder, name));
  const paths = [isInside ? place.cluster : dirname(place.cluster), pointerFile(folder), ...names];
  for (const path of paths) await rm(path, { recursive: true, force: true });
};
