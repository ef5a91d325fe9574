# What becomes due while a subscription is paused is skipped for good; it goes on with the next period, on its old day.
2026-01-15  ANNA signs up for 9.99 EUR every month in Europe/Vilnius
            > ANNA is charged 9.99 EUR for period 1
2026-02-01  ANNA pauses
2026-02-15  > period 2 of ANNA is skipped: paused
2026-03-15  > period 3 of ANNA is skipped: paused
2026-03-20  ANNA resumes
2026-04-15  > ANNA is charged 9.99 EUR for period 4
2026-05-01  the end
