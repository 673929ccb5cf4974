interface Cluster {
  readonly members: number[];
  /** Of the wishes, each less its place within the cluster. */
  sum: number;
}

/**
 * Places for labels beside what they name: as near to their wishes as can be, in the same order, and `gap` apart.
 *
 * @returns In the order of the wishes.
 * @example apart([10, 12, 50], { gap: 10, from: 0, to: 100 }) // [6, 16, 50]
 */
export function apart(wishes: readonly number[], { gap, from, to }: { gap: number; from: number; to: number }): number[] {
  const room = wishes.length > 1 ? Math.min(gap, (to - from) / (wishes.length - 1)) : gap;
  const startOf = ({ members, sum }: Cluster) => Math.max(from, Math.min(to - room * (members.length - 1), sum / members.length));
  const clusters: Cluster[] = [];
  for (const index of wishes.map((_, i) => i).sort((a, b) => wishes[a]! - wishes[b]! || a - b)) {
    let cluster: Cluster = { members: [index], sum: wishes[index]! };
    for (
      let before = clusters.at(-1);
      before && startOf(cluster) < startOf(before) + room * before.members.length;
      before = clusters.at(-1)
    ) {
      clusters.pop();
      const shift = before.members.length;
      cluster = { members: [...before.members, ...cluster.members], sum: before.sum + cluster.sum - room * shift * cluster.members.length };
    }
    clusters.push(cluster);
  }
  const places = wishes.map(() => 0);
  for (const cluster of clusters) {
    cluster.members.forEach((index, i) => {
      places[index] = startOf(cluster) + room * i;
    });
  }
  return places;
}
