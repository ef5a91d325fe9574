# Who signs up on the 31st is charged on the last day of shorter months, and on the 31st again where there is one.
2026-01-31  ANNA signs up for 9.99 EUR every month in Europe/Vilnius
            > ANNA is charged 9.99 EUR for period 1
2026-02-28  > ANNA is charged 9.99 EUR for period 2
2026-03-31  > ANNA is charged 9.99 EUR for period 3
2026-04-30  > ANNA is charged 9.99 EUR for period 4
2026-05-31  > ANNA is charged 9.99 EUR for period 5
2026-06-15  the end
