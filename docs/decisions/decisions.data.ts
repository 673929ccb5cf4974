import { createContentLoader } from 'vitepress';

interface Decision {
  readonly url: string;
  readonly title: string;
  readonly date: string;
}

declare const data: readonly Decision[];

export { data };

/** Pages of this folder whose name begins with a date, newest first. The title is the page's first heading. */
export default createContentLoader('decisions/*.md', {
  includeSrc: true,
  transform: (pages): Decision[] =>
    pages
      .map(({ url, src = '' }) => ({ url, title: /^# (.*)$/m.exec(src)?.[1] ?? url, date: /(\d{4}-\d{2}-\d{2})-/.exec(url)?.[1] ?? '' }))
      .filter(({ date }) => date !== '')
      .sort((a, b) => b.date.localeCompare(a.date) || a.title.localeCompare(b.title)),
});
