// Dead receivers, in a process of their own: ports that accept connections and never answer.
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { answerParent } from './answer-parent.ts';

const ports: number[] = [];
let accepted = 0;
const hold = (socket: Socket): void => {
  accepted += 1;
  socket.on('error', () => {});
  socket.resume();
};
for (let left = Number(process.argv[2]); left > 0; left--) {
  const server = createServer(hold).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ports.push((server.address() as AddressInfo).port);
}
answerParent({ ports }, { accepted: () => accepted });
