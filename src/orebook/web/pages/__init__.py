"""One file per page kind: from a question to what the page holds, without any markup."""
