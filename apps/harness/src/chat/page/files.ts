import { ContinualLearningError } from '@cl/core';
import type { PretrainedFiles } from '@cl/models';
import type { Place } from './place.js';

/** The files of a chatbot's folder. */
export function filesAt(place: Place): PretrainedFiles {
  if (typeof place !== 'string') {
    return { place: 'the folder', read: async (name) => (place[name] ? new Uint8Array(await place[name].arrayBuffer()) : null) };
  }
  const base = place.replace(/\/$/, '');
  return {
    place: base,
    async read(name) {
      const response = await fetch(`${base}/${name}`).catch((cause: unknown) => {
        throw new ContinualLearningError('CL_DATA', `${base}/${name}: cannot be reached.`, { cause });
      });
      // Some servers have a page for whatever is not there.
      const isPage = response.headers.get('content-type')?.startsWith('text/html');
      if (response.status === 404 || isPage) return null;
      if (!response.ok) throw new ContinualLearningError('CL_DATA', `${base}/${name}: the server answered with status ${response.status}.`);
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}
