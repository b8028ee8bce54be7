"""ministack whose archive answers when a test lets it: by its own clock, a machine that stalls would be told too soon."""

import os
from urllib.parse import quote

from ministack.app import main
from ministack.services import s3

HELD = os.environ["HELD_RETRIEVALS"]
retrieve = s3._restore_object
# Nobody waits for the archive but those who hold it.
assert s3._RESTORE_DELAY_SECONDS == 2.0
s3._RESTORE_DELAY_SECONDS = 0.25


class WhenReleased(float):
    """A point in time that is not reached while a file is there."""

    hold = ""

    def __gt__(self, now):
        return os.path.exists(self.hold) or float(self) > now


def retrieve_unless_held(bucket_name, key, body):
    answer = retrieve(bucket_name, key, body)
    restore = s3._buckets[bucket_name]["objects"][key].get("restore") if answer[0] == 202 else None
    if restore:
        restore["available_at"] = WhenReleased(restore["available_at"])
        restore["available_at"].hold = os.path.join(HELD, quote(f"{bucket_name}/{key}", safe=""))
    return answer


s3._restore_object = retrieve_unless_held
main()
