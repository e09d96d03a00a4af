"""How tests are dealt out to workers: file by file, those of Spark as if they were one file."""

from xdist.scheduler import LoadFileScheduling

FOLDER = "tests/settlement/adapters/spark"


class OneSparkScheduling(LoadFileScheduling):
    """As `--dist loadfile`, but for the folder whose tests share one session of Spark."""

    def _split_scope(self, nodeid):
        file = super()._split_scope(nodeid)
        return FOLDER if file.startswith(FOLDER + "/") else file
