import type { Model, Site } from '@cl/core';

/**
 * The same model with a word before the name of each parameter, running statistic and site, so that it can be joined with others:
 * 'left/dense0/kernel'. Start values depend on the name, so two prefixed copies of a model begin differently.
 *
 * @example const sides = ['left', 'right'].map((side) => features(prefixed(side, mlp({ inputs: 64, outputs: 10 }))))
 */
export const prefixed = (prefix: string, model: Model): Model => ({
  ...renamed(model, (name) => `${prefix}/${name}`),
  name: `${prefix}/${model.name}`,
});

/** The same model with other names of parameters, running statistics and sites. */
export function renamed(model: Model, outer: (name: string) => string): Model {
  const outside = <T>(record: { readonly [name: string]: T }): Record<string, T> =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [outer(name), value]));
  const renamedSite = (site: Site): Site => ({
    ...site,
    name: outer(site.name),
    ...(site.feeds && { feeds: site.feeds.map(outer) }),
    ...(site.fedBy && { fedBy: site.fedBy.map(outer) }),
  });
  const names = Object.keys({ ...model.parameters, ...model.buffers });
  const sites = new Map(model.sites.map((site) => [site.name, renamedSite(site)]));

  return {
    ...model,
    parameters: outside(model.parameters),
    ...(model.buffers && { buffers: outside(model.buffers) }),
    sites: [...sites.values()],
    apply(parameters, x, { at, ...options } = {}) {
      const inner = Object.fromEntries(names.flatMap((name) => (parameters[outer(name)] ? [[name, parameters[outer(name)]!]] : [])));
      const result = model.apply(inner, x, {
        ...options,
        ...(at && { at: (site, value) => at(sites.get(site.name) ?? renamedSite(site), value) }),
      });
      return { ...result, ...(result.buffers && { buffers: outside(result.buffers) }) };
    },
    ...(model.grow && { grow: (count: number) => renamed(model.grow!(count), outer) }),
  };
}
