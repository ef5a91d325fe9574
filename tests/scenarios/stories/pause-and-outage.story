# A pause is remembered by a scheduler that slept through it, and what was due before it is not charged in it.
2026-01-15  ANNA signs up for 9.99 EUR every month in Europe/Vilnius
            > ANNA is charged 9.99 EUR for period 1
2026-02-10  the scheduler stops
            ANNA pauses
2026-02-20  ANNA resumes
2026-02-22  the scheduler runs again
            > period 2 of ANNA is skipped: paused
2026-03-15  > ANNA is charged 9.99 EUR for period 3
2026-04-01  the end
