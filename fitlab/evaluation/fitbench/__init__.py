"""The whole chain on FitBench-S: what it counts and which mistakes it finds, from video, exact 2D and exact 3D.

    fitlab synth preset=benchmark
    python -m fitlab.evaluation.fitbench             # prints the tables; --write puts them into experiments/fitbench

The same analysis is given three inputs, so that the tables say where mistakes are lost: in the rules (exact 3D), in
the lifter (exact 2D) or in the detector (video).
"""
