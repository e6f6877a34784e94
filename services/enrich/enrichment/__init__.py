"""What is found out about a story, one stage a file; `pipeline.py` composes them.

Pure: a stage takes values and returns values. No I/O, no clock, no Kafka, no Redis; what has to be loaded is loaded
once, by `load_pipeline`, and handed in.
"""
