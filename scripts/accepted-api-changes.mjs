/** Returns the keys of the accepted changes. Throws if a line has no reason. */
export function acceptedChanges(text) {
  return text.split('\n').map((line, index) => [line.trim(), index + 1])
    .filter(([line]) => line !== '' && !line.startsWith('#'))
    .map(([line, number]) => {
      const [, key, reason] = line.match(/^(\S+(?: \S+)*?)\s+#\s*(.*)$/) ?? [];
      if (!reason) throw new Error(`line ${number} accepts '${key ?? line}' without a reason: write 'KEY # why users can live with it'`);
      return key;
    });
}
