/** Packs a directory; a second argument says after how many chunks it is given up. Prints what was read at its end. */
import { packDirectory } from '../../../src/index.node.ts';
import { DirectoryStorage } from '../../../src/node.ts';

const [path = '', most = 'Infinity'] = process.argv.slice(2);
const { stream, described } = packDirectory(new DirectoryStorage(path), '', { name: 'd' });
const reader = stream.getReader();
let chunks = 0;
process.once('exit', () => console.log(JSON.stringify({ chunks, isDone })));
let isDone = false;
while (chunks < Number(most) && !isDone) {
  isDone = (await reader.read()).done;
  if (!isDone) chunks++;
}
if (isDone) console.log((await described).descriptor.digest);
