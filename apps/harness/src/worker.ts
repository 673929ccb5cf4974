import { serve } from './workers/worker.js';

serve();
