# A card without money for a few days is paid by the ladder, in the period it was due for.
2026-01-31  ANNA signs up for 9.99 EUR every month in America/New_York
            > ANNA is charged 9.99 EUR for period 1
2026-02-27  the bank declines ANNA with 3001: Insufficient funds
2026-02-28  > ANNA is declined 9.99 EUR for period 2
            > period 2 of ANNA is retrying: 3001
2026-03-01  > ANNA is declined 9.99 EUR for period 2
2026-03-02  the bank declines ANNA no longer
2026-03-04  > ANNA is charged 9.99 EUR for period 2
2026-03-31  > ANNA is charged 9.99 EUR for period 3
2026-04-10  the end
