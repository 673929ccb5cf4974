// A typedoc plugin: modules are called after what users import, `@cl/core/testing`, not after where the sources are.
export function load({ converter }) {
  converter.on('resolveBegin', ({ project }) => {
    for (const module of project.children ?? []) module.name = `@cl/${module.name.replace(/\/src(?=\/|$)/, '').replace(/\/index$/, '')}`;
  });
}
