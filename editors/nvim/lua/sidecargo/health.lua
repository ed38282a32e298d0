--- `:checkhealth sidecargo`: what is missing, and what to do about it. Must itself load in a Neovim that is too old for the rest.

local M = {}

local health = vim.health or require('health')
-- Their names until Neovim 0.10.
local start = health.start or health.report_start
local ok = health.ok or health.report_ok
local info = health.info or health.report_info
local warn = health.warn or health.report_warn
local fail = health.error or health.report_error

--- The first line that a program says of its version, or why it says none.
---@return string? version, string? failure
local function version_of(program)
  if vim.fn.executable(program) == 0 then
    return nil, program .. ' is not there or cannot be run'
  end
  -- Not vim.fn.system: it needs a shell.
  local said = vim.system({ program, '--version' }, { text = true, timeout = 10000 }):wait()
  local words = vim.split(vim.trim(said.code == 0 and said.stdout or said.stderr or ''), '\n')[1]
  if said.code == 0 then
    return words
  end
  return nil, words ~= '' and words or ('%s --version ended with %d'):format(program, said.code)
end

local function check_neovim()
  if vim.fn.has('nvim-0.11') == 1 then
    ok('Neovim is ' .. tostring(vim.version()))
    return true
  end
  fail('This Neovim is too old: Sidecargo needs 0.11 or later, for vim.lsp.enable', {
    'Update Neovim',
    'Or start the server by vim.lsp.start({ name = "sidecargo", cmd = { "sidecargo", "lsp" } }), without this plugin',
  })
  return false
end

local function check_server()
  local command = vim.lsp.config.sidecargo.cmd
  if type(command) ~= 'table' then
    return info('The server is started by a function of yours, which cannot be looked into')
  end
  local version, failure = version_of(command[1])
  if version then
    return ok(('The server is %s (%s)'):format(version, vim.fn.exepath(command[1])))
  end
  fail('The server does not run: ' .. failure, {
    'Install it: cargo install --path . in a clone of https://github.com/sidecargo/sidecargo',
    "Or name it: vim.lsp.config('sidecargo', { cmd = { '/path/to/sidecargo', 'lsp' } })",
  })
end

local function check_client()
  local clients = vim.lsp.get_clients({ name = 'sidecargo' })
  for _, client in ipairs(clients) do
    ok('It is running in ' .. tostring(client.root_dir))
  end
  -- Since Neovim 0.12.
  local is_enabled = vim.lsp.is_enabled
  if #clients == 0 and is_enabled and not is_enabled('sidecargo') then
    warn('It is not enabled', { "Write vim.lsp.enable('sidecargo') into your init.lua" })
  elseif #clients == 0 then
    info('It is not running: no Rust file, Cargo.toml or rust-toolchain.toml of a workspace is open')
  end
end

local function check_cargo()
  local version, failure = version_of('cargo')
  if version then
    return ok('cargo is ' .. version)
  end
  fail('cargo does not run, so nothing can be looked at or mended: ' .. failure, {
    'Install Rust: https://rustup.rs',
    "Or start Neovim from a shell in which cargo runs",
  })
end

local function check_rust_analyzer()
  local clients = require('sidecargo').rust_analyzers()
  for _, client in ipairs(clients) do
    ok(('rust-analyzer is running (client %s); it will reload what is mended'):format(client.name))
  end
  if #clients > 0 then
    return
  end
  local version, failure = version_of('rust-analyzer')
  if version then
    return ok(version .. ' is there, and not running now')
  end
  warn('rust-analyzer does not run, and it is what expands proc macros: ' .. failure, {
    'Install it: rustup component add rust-analyzer',
    "Then vim.lsp.enable('rust_analyzer') (nvim-lspconfig), or rustaceanvim",
  })
end

function M.check()
  start('Sidecargo')
  if not check_neovim() then
    return
  end
  check_server()
  check_client()
  check_cargo()
  check_rust_analyzer()
end

return M
