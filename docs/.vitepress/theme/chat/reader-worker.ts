import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { type Port, serveReader } from '@cl/harness/chat/workers';
import { cpu, wasm, webgl } from './backends';

serveReader(self as unknown as Port, [wasm, webgl, cpu]);
