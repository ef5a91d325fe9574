# A new price holds from the next period on, and the period that has begun is paid as it was agreed.
2026-01-15  ANNA signs up for 9.99 EUR every month in Europe/Vilnius
            > ANNA is charged 9.99 EUR for period 1
2026-02-01  ANNA agrees to 12.99 EUR
2026-02-15  > ANNA is charged 12.99 EUR for period 2
2026-03-14  ANNA agrees to 14.99 EUR
            ANNA agrees to 13.49 EUR
2026-03-15  > ANNA is charged 13.49 EUR for period 3
2026-04-01  the end
