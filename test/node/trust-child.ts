/** Connects to argv[2] without `ca`, as the environment says whom to trust; prints the outcome. */
import { connect, rootCertificates } from '../../src/index.ts';

const socket = connect({ port: Number(process.argv[2]), host: 'localhost' });
const tell = (text: string): void => {
  process.stdout.write(`${text} ${rootCertificates.length}`);
  socket.destroy();
};
socket.on('secureConnect', () => tell(`authorized ${socket.authorized}`));
socket.on('error', (error: NodeJS.ErrnoException) => tell(String(error.code)));
