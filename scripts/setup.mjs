// Before every script that needs packages: installs them on a fresh clone. Plain JavaScript, since it may run on the
// machine's own Node, which need not strip types. Does nothing, quickly, when everything is there.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const isInstalled = ['.package-lock.json', 'node/package.json', '.bin/node'].every((file) =>
  existsSync(join(root, 'node_modules', file)),
);

if (!isInstalled) {
  process.stderr.write('Installing packages (once)…\n');
  const command = existsSync(join(root, 'package-lock.json')) ? 'ci' : 'install';
  const { status } = spawnSync('npm', [command, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    process.stderr.write('npm could not install the packages: see above. Is the registry reachable?\n');
    process.exit(status ?? 1);
  }
}
