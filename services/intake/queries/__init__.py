"""What the intake is asked: reads without any effect. Whoever shows a result writes the look down."""
