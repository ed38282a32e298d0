-- usage: nvim --headless -c 'luafile quiet.lua' FILE...     where there is no Rust
-- Nothing starts, nothing is said.

for _, file in ipairs(vim.fn.argv()) do
  vim.cmd.edit(file)
end
-- Whatever an event would start is started by then.
vim.wait(1000, function() return false end)
local clients = vim.tbl_map(function(client) return client.name end, vim.lsp.get_clients())
local messages = vim.trim(vim.fn.execute('messages'))
local is_so = #clients == 0 and messages == ''
io.stdout:write(is_so and '  ok    a folder without Rust: nothing starts, nothing is said\n'
  or ('  FAIL  a folder without Rust: %s %q\n'):format(vim.inspect(clients), messages))
vim.cmd(is_so and 'qall!' or 'cquit 1')
