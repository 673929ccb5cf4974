import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import StepDiagram from './StepDiagram.vue';

const theme: Theme = {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('StepDiagram', StepDiagram);
  },
};

export default theme;
