"""The flagship: one small BiLSTM a task that reads the raw tweet, taught by a large teacher."""
