import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { command } from '../cli/cl.js';
import { newTexts, smallChatbot } from './small-chatbot.js';

const { script, at, cl } = command();

/** A chat in a process of its own, that lines are typed into. */
function chatting(args: readonly string[]) {
  const child: ChildProcess = spawn(process.execPath, [script(), 'chat', ...args], {
    cwd: at('.'),
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  let heard = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (heard += text));
  return {
    type: (line: string) => void child.stdin!.write(`${line}\n`),
    end: () => void child.stdin!.end(),
    heard: () => heard,
    /** Until something has been said since a place; the place behind it. */
    async until(pattern: RegExp, from = 0): Promise<number> {
      for (;;) {
        const found = pattern.exec(heard.slice(from));
        if (found) return from + found.index + found[0].length;
        if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode} before it said ${pattern}: ${heard.slice(from)}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    ended: new Promise<number | null>((resolve) => child.on('close', resolve)),
  };
}

describe('cl chat', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    await smallChatbot(at('bot'));
    writeFileSync(at('news.txt'), newTexts.join('\n'));
  });

  it('answers while it reads, then asks before and after, and forgets on demand', async () => {
    const chat = chatting(['--model', 'bot', '--steps', '30']);
    const { type, until, heard } = chat;
    await until(/A chatbot with [\d,]+ weights: a very small one/);
    type('/both Where?');
    await until(/Nothing has been read yet/);
    type('/read nowhere.txt');
    await until(/nowhere\.txt cannot be read/);

    type('/read news.txt');
    const begun = await until(/Reading news\.txt, \d+ words/);
    type('/read news.txt');
    await until(/It is still reading/, begun);
    type('/rollback');
    await until(/It is reading, on top of/, begun);
    type('Who are you?');
    const done = await until(/news\.txt is read, in \d+ s/);
    // The answer is the line between the two.
    expect(heard().slice(begun, done).trim().split('\n').length).toBeGreaterThanOrEqual(3);

    type('/both Who are you?');
    const compared = await until(/\nbefore {2}.*\nafter {3}.*\n/, done - 1);
    type('/rollback');
    await until(/news\.txt is forgotten/, compared);
    type('/rollback');
    await until(/There is nothing to forget/, compared);
    type('x'.repeat(200));
    await until(/A question of \d+ tokens is too long/, compared);
    type('/dance');
    await until(/There is no \/dance\. Ask something, or:/, compared);
    type('/quit');
    expect(await chat.ended).toBe(0);
  });

  it('reads what is piped in to its end, a text that was begun too', async () => {
    const chat = chatting(['--model', 'bot', '--steps', '6']);
    chat.type('/read news.txt');
    chat.end();
    expect(await chat.ended).toBe(0);
    expect(chat.heard()).toMatch(/news\.txt is read/);
  });

  it('says what is wrong with a folder, and with a text of nothing', async () => {
    expect(await cl(['chat', '--model', 'nowhere'])).toMatchObject({ code: 1, stderr: expect.stringMatching(/^CL_DATA {2}nowhere/) });
    const none = await cl(['chat', '--data', at('nowhere')], { CL_MODELS: at('models') });
    expect(none).toMatchObject({ code: 1, stderr: expect.stringMatching(/There is no chatbot yet[\s\S]*^CL_DATA/m) });
    expect(existsSync(at('models')) ? readdirSync(at('models')) : []).toEqual([]);
    expect(await cl(['chat', '--steps', '0'])).toMatchObject({ code: 2, stderr: expect.stringContaining('steps') });
    writeFileSync(at('empty.txt'), '\n');
    const chat = chatting(['--model', 'bot', '--steps', '2']);
    // UTF-16, as some editors save it, has zeros; a picture has bytes that are no UTF-8.
    writeFileSync(at('wide.txt'), Buffer.from('Torven lives in Cairo.', 'utf16le'));
    writeFileSync(at('picture.png'), Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a));
    for (const name of ['wide.txt', 'picture.png']) {
      chat.type(`/read ${name}`);
      await chat.until(new RegExp(`${name} cannot be read: it is no text in UTF-8`));
    }
    chat.type('/read empty.txt');
    await chat.until(/empty\.txt could not be learned; the bot is as it was\.\nCL_DATA/);
    chat.end();
    expect(await chat.ended).toBe(0);
  });
});
