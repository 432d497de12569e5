// The receiver of a chaos run. What it answers 200 to stands in its file before: the line is in the kernel's hands when
// the answer goes out, so a kill of this process loses none.
import { openSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { answerParent } from '../processes/answer-parent.ts';

const [port = '0', file = ''] = process.argv.slice(2);
const log = openSync(file, 'a');

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => (body += chunk));
  request.on('end', () => {
    const event = JSON.parse(body) as { event_id: string; job_id: string; sequence: number };
    writeSync(log, `${event.job_id}\t${event.sequence}\t${event.event_id}\n`);
    response.writeHead(200, { 'content-length': '2' });
    response.end('ok');
  });
});
server.listen(Number(port), '127.0.0.1');
await once(server, 'listening');
answerParent({ port: (server.address() as AddressInfo).port }, {});
