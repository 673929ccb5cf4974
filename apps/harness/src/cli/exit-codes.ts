/** Exit codes of every command; stable. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

export const EXIT_CODES_HELP = `Exit codes
  0    done
  1    something failed: a run, the data, the disk; the message on stderr says what
  2    the command cannot be carried out as it was given
  130  interrupted (Ctrl-C, SIGTERM); cl resume goes on`;
