/** What makes tables sortable and copies the command. Without it the page is whole, only not as handy. */
export const script = `'use strict';
for (const table of document.querySelectorAll('table.results')) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const first = head.dataset.first || 'descending';
      const other = first === 'descending' ? 'ascending' : 'descending';
      const order = head.getAttribute('aria-sort') === first ? other : first;
      for (const one of heads) one.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', order);
      const body = table.tBodies[0];
      const valueOf = (row) => row.cells[column].dataset.value ?? '';
      const compare = (a, b) => (head.dataset.type === 'text' ? a.localeCompare(b) : a - b) * (order === 'ascending' ? 1 : -1);
      body.append(...[...body.rows].sort((a, b) => {
        const [x, y] = [valueOf(a), valueOf(b)];
        return x === '' || y === '' ? (x === '') - (y === '') : compare(x, y);
      }));
    });
  });
}
for (const button of document.querySelectorAll('button[data-copy]')) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    const source = document.getElementById(button.dataset.copy);
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      getSelection().selectAllChildren(source);
      document.execCommand('copy');
      getSelection().removeAllRanges();
    }
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = label; }, 1500);
  });
}
`;
