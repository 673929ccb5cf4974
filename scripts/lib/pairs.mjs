// Which strategies can stand beside which, found out by composing each two of them in both orders.
import { table } from './results.mjs';

/** `compose`'s answer: null, or its message. */
function objection(compose, parts) {
  try {
    compose(...parts);
    return null;
  } catch (error) {
    if (error.code !== 'CL_CONFLICT') throw error;
    return error.message;
  }
}

/** The reason without the names, so that one can stand for many: 'only one can decide the direction of a step'. */
function reasonOf(message) {
  const exclusive = /Only one strategy can (.*?);/.exec(message);
  if (exclusive) return `only one can ${exclusive[1]}`;
  const opposite = /\. '[^']+' (.*?), and '[^']+' (.*?);/.exec(message);
  return opposite ? `one ${opposite[1]}, the other ${opposite[2]}` : message.replace(/^compose\(\): /, '');
}

/** For each strategy: whom it composes with, after whom it must stand, and with whom it does not compose, by the reason. */
export function pairs(strategies, compose) {
  return strategies.map((own) => {
    const found = { name: own.name, free: [], after: [], before: [], never: new Map() };
    for (const other of strategies) {
      if (other === own) continue;
      const [first, last] = [objection(compose, [own, other]), objection(compose, [other, own])];
      if (first === null && last === null) found.free.push(other.name);
      else if (first === null) found.before.push(other.name);
      else if (last === null) found.after.push(other.name);
      else found.never.set(reasonOf(first), [...(found.never.get(reasonOf(first)) ?? []), other.name]);
    }
    return found;
  });
}

const codes = (names) => names.map((name) => `\`${name}\``).join(', ');

/** A row a strategy. */
export function pairsTable(strategies, compose) {
  const all = pairs(strategies, compose);
  const rows = all.map(({ name, free, after, before, never }) => [
    `\`${name}\``,
    `${free.length + after.length + before.length} of ${all.length - 1}`,
    codes(after),
    codes(before),
    [...never].map(([reason, names]) => `${reason}: ${codes(names)}`).join('; '),
  ]);
  return table(
    [['strategy', 'composes with', 'stands after', 'stands before', 'not with, and why'], ...rows],
    ['---', '--:', '---', '---', '---'],
  );
}

/** A row a claim, with what `compose` says of two that have it or, where these may stand together, of one that has it beside another claim. */
export function claimsTable(strategies, compose) {
  const claims = [...new Set(strategies.flatMap(({ claims: own = [] }) => own))];
  const clash = (one, other) =>
    objection(compose, [
      { name: 'one', claims: [one], init: () => ({}) },
      { name: 'other', claims: [other], init: () => ({}) },
    ]);
  const rows = claims.map((claim) => {
    const owners = strategies.filter(({ claims: own = [] }) => own.includes(claim));
    const opposite = [claim, ...claims].find((other) => clash(claim, other) !== null);
    const beside = opposite === claim ? '' : `, not beside \`${opposite}\``;
    return [`\`${claim}\``, `${reasonOf(clash(claim, opposite))}${beside}`, codes(owners.map(({ name }) => name))];
  });
  return table([['claim', 'what it means', 'who claims it'], ...rows]);
}
