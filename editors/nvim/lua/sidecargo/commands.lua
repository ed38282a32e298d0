--- `:Sidecargo WORD [PACKAGE]`: what a person can ask for, each word one intent.

local M = {}

local function tell(words, level)
  vim.notify('Sidecargo: ' .. words, level or vim.log.levels.INFO)
end

--- Asks the server to run one of its commands; `after` gets what it returns.
local function ask(client, command, package_ids, after)
  local parameters = { command = command, arguments = { { package_ids = package_ids or {} } } }
  client:request('workspace/executeCommand', parameters, function(failure, result)
    if failure then
      tell(failure.message, vim.log.levels.ERROR)
    elseif after then
      after(result)
    end
  end)
end

--- The server has looked when there is a report.
local function with_report(client, after)
  ask(client, 'sidecargo.report', nil, function(report)
    if type(report) == 'table' then
      after(report)
    else
      tell('it has not looked yet; try again in a moment')
    end
  end)
end

--- Runs a command on the packages of these names, or on all where none is named.
local function on_packages(command)
  return function(client, names)
    if #names == 0 then
      return ask(client, command)
    end
    with_report(client, function(report)
      local ids = {}
      for _, macro in ipairs(report.proc_macros) do
        if vim.list_contains(names, macro.name) then
          table.insert(ids, macro.package_id)
        end
      end
      if #ids == 0 then
        return tell('no proc macro here is called ' .. table.concat(names, ' or '), vim.log.levels.WARN)
      end
      ask(client, command, ids)
    end)
  end
end

local function explain()
  local line = vim.api.nvim_win_get_cursor(0)[1] - 1
  local code
  for _, diagnostic in ipairs(vim.diagnostic.get(0, { lnum = line })) do
    code = diagnostic.source == 'sidecargo' and diagnostic.code or code
  end
  if not code then
    return tell('the cursor is on no finding of its own')
  end
  local command = vim.lsp.config.sidecargo.cmd
  -- A function of the person's own starts the server somewhere else.
  local program = type(command) == 'table' and command[1] or 'sidecargo'
  vim.system({ program, 'explain', code }, { text = true }, vim.schedule_wrap(function(page)
    if page.code == 0 then
      require('sidecargo.page').show('explain ' .. code, vim.split(vim.trim(page.stdout), '\n'))
    else
      tell(vim.trim(page.stderr), vim.log.levels.ERROR)
    end
  end))
end

--- What each word does; `client` is the server's.
local WORDS = {
  fix = function(client)
    ask(client, 'sidecargo.fixAll')
  end,
  rebuild = on_packages('sidecargo.rebuild'),
  clean = on_packages('sidecargo.clean'),
  cancel = function(client)
    ask(client, 'sidecargo.cancel')
  end,
  refresh = function(client)
    ask(client, 'sidecargo.refresh')
  end,
  reload = function()
    if require('sidecargo').reload_rust_analyzer() == 0 then
      tell('rust-analyzer is not running; it will read the new state when it starts')
    end
  end,
  report = function(client)
    with_report(client, function(report)
      require('sidecargo.page').show('report', require('sidecargo.report').lines(report))
    end)
  end,
  explain = explain,
  log = function()
    vim.cmd.tabedit(vim.fn.fnameescape(vim.lsp.log.get_filename()))
  end,
}

local TAKES_PACKAGES = { rebuild = true, clean = true }

function M.run(words)
  local word = table.remove(words, 1)
  local action = WORDS[word]
  if not action then
    local known = table.concat(M.complete('Sidecargo '), ', ')
    return tell(('there is no "%s"; there is %s'):format(word, known), vim.log.levels.ERROR)
  end
  local client = require('sidecargo').client()
  if not client then
    return tell('its server is not running here; :checkhealth sidecargo says why', vim.log.levels.ERROR)
  end
  action(client, words)
end

--- Package names as the diagnostics in sight tell them; asking the server would have to wait.
local function packages()
  local names = {}
  for _, diagnostic in ipairs(vim.diagnostic.get(nil)) do
    local ids = vim.tbl_get(diagnostic, 'user_data', 'lsp', 'data', 'package_ids')
    for _, id in ipairs(diagnostic.source == 'sidecargo' and ids or {}) do
      -- `…#name@1.0.0`, or `…/name#1.0.0` where the directory has the name.
      local name = id:match('#([%w_-]+)@') or id:match('([%w_-]+)#')
      if name and not vim.list_contains(names, name) then
        table.insert(names, name)
      end
    end
  end
  return names
end

function M.complete(line)
  local words = vim.split(line, '%s+')
  local begun = words[#words]
  local choices = {}
  if #words <= 2 then
    choices = vim.tbl_keys(WORDS)
  elseif TAKES_PACKAGES[words[2]] then
    choices = packages()
  end
  choices = vim.tbl_filter(function(choice)
    return vim.startswith(choice, begun)
  end, choices)
  table.sort(choices)
  return choices
end

return M
