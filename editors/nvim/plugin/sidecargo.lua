-- The command `:Sidecargo`; everything behind it is loaded when it is first used.

if vim.g.loaded_sidecargo then
  return
end
vim.g.loaded_sidecargo = true

vim.api.nvim_create_user_command('Sidecargo', function(call)
  require('sidecargo.commands').run(call.fargs)
end, {
  nargs = '+',
  desc = 'Look at proc macros and mend them',
  complete = function(_, line)
    return require('sidecargo.commands').complete(line)
  end,
})
