"""Do detectors that were trained on photographs see people in what the studio draws as well as in photographs?

    python -m fitlab.evaluation.realism            # prints the tables
    python -m fitlab.evaluation.realism --write    # puts them, and a picture, into experiments/studio_realism

Needs the photographs (``FITLAB_REAL_DATA``, default ``../shared/data``) and BlazePose (``fitlab zoo pull
blazepose_full``); without BlazePose its columns are left out, and a line says so.
"""
