# Who tries is told a week before the first charge, pays at the trial's end, or says no in time and never pays.
2026-01-17  ANNA signs up for 9.99 EUR every month in Europe/Vilnius after 14 days of trial
            BRUNO signs up for 9.99 EUR every month in Europe/Vilnius after 14 days of trial
            CLARA signs up for 9.99 EUR every month in Europe/Vilnius after 14 days of trial
2026-01-23  > ANNA is told about period 1: trial_ending
            > BRUNO is told about period 1: trial_ending
            > CLARA is told about period 1: trial_ending
2026-01-26  BRUNO cancels
2026-01-30  the bank declines CLARA with 3001: Insufficient funds
2026-01-31  > ANNA is charged 9.99 EUR for period 1
            > CLARA is declined 9.99 EUR for period 1
            > period 1 of CLARA is retrying: 3001
2026-02-01  the bank declines CLARA no longer
            > CLARA is charged 9.99 EUR for period 1
2026-02-28  > ANNA is charged 9.99 EUR for period 2
            > CLARA is charged 9.99 EUR for period 2
2026-03-05  the end
