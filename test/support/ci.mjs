/** A developer may work without everything there is to test with; a CI run that silently tests less is worth nothing. */
export const isCI = !['', '0', 'false'].includes(process.env.CI ?? '');
