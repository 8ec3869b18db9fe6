"""A worker as people write it today, with pika, boto3 and trimesh, which `benches/worker` compares with this project's.

    trimesh_worker.py PREFETCH     PRICING_AMQP_URL and AWS_* say where; until SIGTERM

It is no straw man: it prefetches messages, keeps its connection to the store, and asks trimesh only for the worker's
measures (volume, area, bounds, watertight, bodies).
"""
import io
import json
import os
import signal
import sys

import boto3
import pika
import trimesh

QUEUE = "pricing.jobs.bulk"


def measure(content):
    mesh = trimesh.load(io.BytesIO(content), file_type="stl")
    return {
        "triangle_count": len(mesh.faces),
        "volume_mm3": float(mesh.volume),
        "surface_area_mm2": float(mesh.area),
        "bounds_mm": mesh.bounds.tolist(),
        "watertight": bool(mesh.is_watertight),
        "shell_count": int(mesh.body_count),
    }


def main():
    store = boto3.client("s3")
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["PRICING_AMQP_URL"]))
    channel = connection.channel()
    channel.confirm_delivery()
    channel.basic_qos(prefetch_count=int(sys.argv[1]))

    def handle(channel, method, properties, body):
        request = json.loads(body)
        model = request["data"]["model"]
        content = store.get_object(Bucket=model["bucket"], Key=model["key"])["Body"].read()
        result = {
            "specversion": "1.0",
            "type": "pricing.completed.v1",
            "id": request["id"],
            "source": "trimesh",
            "data": {"request_id": request["id"], "geometry": measure(content)},
        }
        # With confirms on, this waits for the broker's word, and raises where no queue takes it.
        channel.basic_publish(
            "pricing",
            "result.completed",
            json.dumps(result),
            pika.BasicProperties(delivery_mode=2, correlation_id=request["id"], type=result["type"]),
            mandatory=True,
        )
        channel.basic_ack(method.delivery_tag)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    channel.basic_consume(QUEUE, handle)
    channel.start_consuming()


main()
