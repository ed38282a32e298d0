-- What a person has: the plugin, rust-analyzer, and diagnostics in full at the cursor's line.
vim.opt.runtimepath:prepend(vim.env.SIDECARGO_PLUGIN)
vim.lsp.enable('sidecargo')

vim.lsp.config('rust_analyzer', {
  cmd = { 'rust-analyzer' },
  filetypes = { 'rust' },
  root_markers = { 'Cargo.lock', 'Cargo.toml' },
  capabilities = { experimental = { serverStatusNotification = true } },
  settings = { ['rust-analyzer'] = { cargo = { extraEnv = { SIDECARGO_CHECK = '1' } } } },
})
vim.lsp.enable('rust_analyzer')

vim.diagnostic.config({ virtual_text = true, virtual_lines = { current_line = true } })
vim.o.number = true

-- As `:help LspProgress` has it, for this server alone: a line of another's that is too long would wait for a key.
vim.api.nvim_create_autocmd('LspProgress', {
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if not client or client.name ~= 'sidecargo' then
      return
    end
    local value = event.data.params.value
    vim.api.nvim_echo({ { value.message or value.kind } }, false, {
      id = 'lsp.' .. event.data.params.token,
      kind = 'progress',
      source = 'vim.lsp',
      title = client.name .. ': ' .. (value.title or ''),
      status = value.kind ~= 'end' and 'running' or 'success',
      percent = value.percentage,
    })
  end,
})
