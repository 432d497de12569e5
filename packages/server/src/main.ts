// The entry. It loads the rest only after the compile cache is on: stripped and compiled sources are kept for the next
// start, which is quicker then and takes a fifth less memory.
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Beside the packages and not in the shared temporary folder, where others could put code into it.
enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/bowline', import.meta.url)));
const { runNode } = await import('./house/run-node.ts');
await runNode(process.argv.slice(2));
