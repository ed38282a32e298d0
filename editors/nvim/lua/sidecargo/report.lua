--- The server's report as a page to read.

local M = {}

local MARKS = { fresh = '✓', stale = '!', building = '…', unknown = '?' }

local function relative(path, root)
  return vim.fs.relpath(root, path) or path
end

--- JSON's null comes as a value of its own.
local function given(value)
  return value ~= vim.NIL and value or nil
end

---@param report table the object of `sidecargo check --format json`
---@return string[]
function M.lines(report)
  local root = report.workspace_root
  local lines = {
    '# Proc macros of ' .. vim.fs.basename(root),
    '',
    ('%s, built in `%s`'):format(given(report.toolchain.rustc) or 'no rustc', relative(report.build_directory, root)),
  }
  if #report.findings > 0 then
    vim.list_extend(lines, { '', '## Findings', '' })
  end
  for _, finding in ipairs(report.findings) do
    table.insert(lines, ('- %s: %s'):format(finding.code, finding.message))
    local place = given(finding.location)
    if place then
      table.insert(lines, ('  at %s:%d'):format(relative(place.path, root), place.line))
    end
  end
  vim.list_extend(lines, { '', ('## All %d'):format(#report.proc_macros), '' })
  for _, macro in ipairs(report.proc_macros) do
    local mark = MARKS[macro.status] or '✗'
    local line = ('- %s %s %s: %s'):format(mark, macro.name, macro.version, macro.status)
    local by = given(macro.built_by)
    table.insert(lines, by and line .. ', built by ' .. by or line)
    local dylib = given(macro.dylib)
    if dylib then
      table.insert(lines, '  ' .. relative(dylib, root))
    end
  end
  return lines
end

return M
