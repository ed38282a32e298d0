-- usage: nvim --headless -c 'luafile session.lua' Cargo.toml     in a healthy workspace, with init.lua
-- What the screen does not show: the settings that the server gets, each word of `:Sidecargo`, the state, the second name of
-- rust-analyzer's client, and that all of it ends in order.

local function check(is_so, what, seen)
  io.stdout:write(('  %s  %s%s\n'):format(is_so and 'ok  ' or 'FAIL', what, is_so and '' or ': ' .. vim.inspect(seen)))
  if not is_so then
    vim.cmd('cquit 1')
  end
end

local function wait(condition)
  return vim.wait(60000, condition, 50)
end

local told = {}
vim.notify = function(words)
  table.insert(told, words)
end

local client
check(wait(function()
  client = vim.lsp.get_clients({ name = 'sidecargo', bufnr = 0 })[1]
  return client and client.initialized
end), 'the server is attached to the manifest')

local sidecargo = require('sidecargo')
check(wait(function()
  local status = sidecargo.status()
  return status and status.health == 'ok' and status.quiescent
end), 'its state is told for a status line', sidecargo.status())

-- init.lua sets it for rust-analyzer.
local shared = client.settings.sidecargo['cargo.extraEnv']
check(shared and shared.SIDECARGO_CHECK == '1', "rust-analyzer's settings are handed on", client.settings)

local function page(word)
  vim.cmd.Sidecargo(word)
  wait(function()
    return vim.api.nvim_buf_get_name(0):find('sidecargo://', 1, true) ~= nil
  end)
  local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  vim.cmd.close()
  return text
end

local report = page('report')
check(report:find('serde_derive') and report:find('fresh') and report:find('rustc'), ':Sidecargo report is a page to read', report)
check(not report:find('vim.NIL', 1, true) and not report:find('nil', 1, true), 'without holes', report)

local words = vim.fn.getcompletion('Sidecargo ', 'cmdline')
check(#words == 9 and words[1] == 'cancel', ':Sidecargo is completed', words)
vim.cmd.Sidecargo('nothing')
check(told[#told] and told[#told]:find('there is no "nothing"', 1, true), 'a word that there is not is answered by those there are', told)

local ended = 0
vim.api.nvim_create_autocmd('LspProgress', {
  callback = function(event)
    local from = vim.lsp.get_client_by_id(event.data.client_id)
    if from and from.name == 'sidecargo' and event.data.params.value.kind == 'end' then
      ended = ended + 1
    end
  end,
})
vim.cmd('Sidecargo rebuild serde_derive')
check(wait(function() return ended == 1 end), ':Sidecargo rebuild with a package runs to its end', told)
vim.cmd('Sidecargo rebuild serdederive')
check(wait(function() return (told[#told] or ''):find('no proc macro here', 1, true) end), 'and says so where there is none of that name', told)
vim.cmd.Sidecargo('refresh')

-- rustaceanvim's name; nvim-lspconfig's is tried on the screen.
local is_quiet = false
vim.lsp.config('rust-analyzer', vim.tbl_extend('force', vim.lsp.config.rust_analyzer, {
  handlers = {
    ['experimental/serverStatus'] = function(_, status)
      is_quiet = status.quiescent
    end,
  },
}))
vim.lsp.enable('rust_analyzer', false)
vim.lsp.enable('rust-analyzer')
vim.cmd.edit('src/main.rs')
local loads = 0
vim.api.nvim_create_autocmd('LspProgress', {
  callback = function(event)
    local from = vim.lsp.get_client_by_id(event.data.client_id)
    local is_end = event.data.params.value.kind == 'end'
    if from and from.name == 'rust-analyzer' and is_end and tostring(event.data.params.token):find('Loading proc-macros', 1, true) then
      loads = loads + 1
    end
  end,
})
check(wait(function() return is_quiet and loads > 0 end), 'rust-analyzer runs under its other name and has loaded its proc macros', loads)
local before = loads
vim.cmd.Sidecargo('reload')
check(wait(function() return loads > before end), ':Sidecargo reload makes it load them again', loads)

for _, each in ipairs(vim.lsp.get_clients()) do
  each:stop()
end
check(wait(function() return client:is_stopped() end), 'the server stops in order')
vim.cmd.Sidecargo('fix')
check(told[#told]:find(':checkhealth sidecargo', 1, true), 'and without it :Sidecargo says where to look', told)
vim.cmd('qall!')
