--- Shows text that is only to be read, in a window of its own that `q` closes.

local M = {}

---@param name string
---@param lines string[]
function M.show(name, lines)
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].filetype = 'markdown'
  vim.bo[buffer].bufhidden = 'wipe'
  vim.bo[buffer].modifiable = false
  vim.cmd('botright sbuffer ' .. buffer)
  pcall(vim.api.nvim_buf_set_name, buffer, 'sidecargo://' .. name)
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buffer, desc = 'Close' })
end

return M
