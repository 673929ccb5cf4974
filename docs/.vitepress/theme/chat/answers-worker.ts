import { type Port, serveAnswers } from '@cl/harness/chat/workers';
import { cpu, wasm } from './backends';

// A token at a time is little to compute: what is fastest to train is not what is fastest to answer.
serveAnswers(self as unknown as Port, async () => (await wasm.load()) || cpu.load());
