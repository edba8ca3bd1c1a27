/** Tables of plain text, drawn like those of Tempo's status pages. */

export interface TextTableColumn {
  readonly header: string;
  readonly align: 'left' | 'right';
}

/** A table with a rule above, below the header and below the rows; ends with a line feed. */
export function textTable(
  columns: readonly TextTableColumn[],
  rows: readonly (readonly string[])[],
): string {
  const widths = columns.map(({ header }, index) =>
    Math.max(header.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+\n`;
  const line = (cells: readonly string[]) => {
    const padded = columns.map(({ align }, index) => {
      const cell = cells[index] ?? '';
      return align === 'left' ? cell.padEnd(widths[index]!) : cell.padStart(widths[index]!);
    });
    return `| ${padded.join(' | ')} |\n`;
  };
  const header = line(columns.map((column) => column.header));
  const body = rows.map(line).join('');
  return rule + header + rule + body + (body === '' ? '' : rule);
}
