// Keeps the database of a chaos run alive: starts the embedded PostgreSQL and starts it again whenever it is killed.
import { startEmbedded } from '../../../packages/server/src/db/embedded/start-embedded.ts';
import { answerParent } from '../processes/answer-parent.ts';

const embedded = await startEmbedded({ dataDir: process.argv[2] ?? '', keepRunning: true });
answerParent({ connection: embedded.connection }, {});
