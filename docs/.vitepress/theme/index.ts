import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import { defineAsyncComponent } from 'vue';
import StepDiagram from './StepDiagram.vue';

const theme: Theme = {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('StepDiagram', StepDiagram);
    // Loaded where a page has it: the others stay light.
    app.component(
      'ChatPage',
      defineAsyncComponent(() => import('./chat/ChatPage.vue')),
    );
  },
};

export default theme;
