/** What is measured in a page. Each function is sent there by itself, so it uses nothing from around it. */

/** Where the chosen file goes. */
export interface PageUpload {
  /** Host and port of the registry. */
  host: string;
  /** Name of the repository. */
  repository: string;
  /** Digest of the file. */
  digest: string;
}

/** What a page saw. */
export interface SeenInPage {
  seconds: number;
  /** Milliseconds of the longest task of the main thread that was seen; tasks below 50 ms are not. */
  longestTask: number;
}

/** Pushes the chosen file with the client for browsers. */
export async function pushInPage({ host, repository }: PageUpload): Promise<SeenInPage> {
  const name: string = '/oras.min.js';
  const { Registry } = (await import(name)) as typeof import('oras-js/browser');
  const [file] = document.querySelector('input')!.files!;
  let longestTask = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longestTask = Math.max(longestTask, duration);
  });
  observer.observe({ type: 'longtask' });
  const started = performance.now();
  await new Registry().push(`${host}/${repository}:v1`, [file!]);
  const seconds = (performance.now() - started) / 1000;
  // They are told of with a delay.
  await new Promise((resolve) => setTimeout(resolve, 500));
  observer.disconnect();
  return { seconds, longestTask };
}

/** Sends the chosen file with one XMLHttpRequest, to an upload that was opened for it: no digest is computed. */
export async function sendInPage({ host, repository, digest }: PageUpload): Promise<SeenInPage> {
  const [file] = document.querySelector('input')!.files!;
  const started = performance.now();
  const opened = await fetch(`http://${host}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
  const url = new URL(opened.headers.get('location')!, opened.url);
  url.searchParams.set('digest', digest);
  await new Promise<void>((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', url);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.onload = () => (request.status === 201 ? resolve() : reject(new Error(`PUT gave ${request.status}`)));
    request.onerror = () => reject(new Error('PUT got no answer'));
    request.send(file);
  });
  return { seconds: (performance.now() - started) / 1000, longestTask: 0 };
}
