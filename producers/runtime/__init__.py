"""What every process needs to boot: settings, ledger, queue, metrics, logs. It decides nothing about a payment."""
