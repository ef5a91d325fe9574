# After a chargeback nothing is charged from that card any more; it is from a new one.
2026-01-15  ANNA signs up for 9.99 EUR every month in Europe/Vilnius
            > ANNA is charged 9.99 EUR for period 1
2026-02-15  > ANNA is charged 9.99 EUR for period 2
2026-03-01  the bank charges period 2 of ANNA back
2026-03-15  > period 3 of ANNA is skipped: chargeback_open
2026-04-15  > period 4 of ANNA is skipped: chargeback_open
2026-05-01  ANNA saves a new card
2026-05-15  > ANNA is charged 9.99 EUR for period 5
2026-06-01  the end
