// What the server's report holds, and the page that a person reads of it.

import * as path from 'node:path';

export interface Macro {
  name: string;
  version: string;
  package_id: string;
  required_by: string[];
  dylib: string | null;
  status: 'fresh' | 'missing' | 'stale' | 'corrupt' | 'wrong-rustc' | 'wrong-platform' | 'building' | 'unknown';
  built_by: string | null;
}

export interface Finding {
  code: string;
  severity: 'error' | 'warning' | 'information' | 'hint';
  message: string;
  package_ids: string[];
  location: { path: string; line: number; column: number } | null;
}

/** One workspace, as `sidecargo check --format json` tells it. */
export interface Report {
  workspace_root: string;
  build_directory: string;
  toolchain: { rustc: string | null };
  proc_macros: Macro[];
  findings: Finding[];
  summary: { total: number; fresh: number };
}

/** The finding that a macro is part of. */
export function findingOf(macro: Macro, report: Report): Finding | undefined {
  return report.findings.find((finding) => finding.package_ids.includes(macro.package_id));
}

/** How many are not as they should be, in words that fit behind a name; empty where all is well. */
export function tally(reports: Report[]): string {
  const total = reports.reduce((sum, { summary }) => sum + summary.total, 0);
  const fresh = reports.reduce((sum, { summary }) => sum + summary.fresh, 0);
  return fresh === total ? '' : `${total - fresh} of ${total} not fresh`;
}

/** The page, as Markdown. */
export function page(reports: Report[]): string {
  const parts = reports.map((report) => {
    const short = (file: string) => relative(file, report.workspace_root);
    const findings = report.findings.map(({ code, message, location }) => {
      const place = location === null ? '' : `  \n  at ${short(location.path)}:${location.line}`;
      return `- ${code}: ${message}${place}`;
    });
    const macros = report.proc_macros.map(({ name, version, status, built_by, dylib }) => {
      const by = built_by === null ? '' : `, built by ${built_by}`;
      const file = dylib === null ? '' : `  \n  \`${short(dylib)}\``;
      return `- ${name} ${version}: ${status}${by}${file}`;
    });
    return [
      `# Proc macros of ${path.basename(report.workspace_root)}`,
      `${report.toolchain.rustc ?? 'No rustc'}, built in \`${short(report.build_directory)}\``,
      ...(findings.length > 0 ? ['## Findings', findings.join('\n')] : []),
      `## All ${report.proc_macros.length}`,
      macros.join('\n'),
    ].join('\n\n');
  });
  return `${parts.join('\n\n')}\n`;
}

function relative(file: string, root: string): string {
  const short = path.relative(root, file);
  return short.startsWith('..') ? file : short;
}
