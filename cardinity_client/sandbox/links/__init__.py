"""Payment links: pages that a merchant makes with one request and a shopper pays on."""
