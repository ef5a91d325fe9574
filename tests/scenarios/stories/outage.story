# Nothing runs for 72 hours: then the newest period is charged, and those that were missed wait for the merchant.
2026-03-01  ANNA signs up for 1.50 EUR every day in Europe/Vilnius
            BRUNO signs up for 20.00 EUR every month in America/New_York
            > ANNA is charged 1.50 EUR for period 1
            > BRUNO is charged 20.00 EUR for period 1
2026-03-02  > ANNA is charged 1.50 EUR for period 2
2026-03-03  the scheduler stops
2026-03-06  the scheduler runs again
            > period 3 of ANNA is held: missed
            > period 4 of ANNA is held: missed
            > period 5 of ANNA is held: missed
            > ANNA is charged 1.50 EUR for period 6
2026-03-07  the merchant releases period 3 of ANNA
            the merchant waives period 4 of ANNA
            > ANNA is charged 1.50 EUR for period 3
            > period 4 of ANNA is waived: goodwill
            > ANNA is charged 1.50 EUR for period 7
2026-03-08  ANNA cancels
            > period 8 of ANNA is skipped: cancelled
2026-03-10  the end
